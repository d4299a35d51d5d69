'use strict';

globalThis.shopRegistered = true;

function add(a, b) {
  return { cents: round(a.cents + b.cents) };
}
function round(value) {
  return Math.round(value);
}
function withTax(price, percent) {
  const factor = 1 + percent / 100;
  const cents = round(price.cents * factor);
  return { cents };
}

const SEPARATORS = buildSeparators();
function buildSeparators() {
  return ["-", "_"].concat(" ");
}
function slug(text) {
  return text.toLowerCase().split(SEPARATORS[2]).join("-");
}
const capitalize = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function clock() {
  return Date.now();
}

var kit = /*#__PURE__*/Object.freeze({
  __proto__: null,
  SEPARATORS: SEPARATORS,
  add: add,
  capitalize: capitalize,
  clock: clock,
  slug: slug,
  withTax: withTax
});

const handlers = { ...kit };
console.log(Object.keys(handlers));
//# sourceMappingURL=main.js.map
