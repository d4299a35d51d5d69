var __defProp = Object.defineProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};

// libs/legacy/src/register.ts
globalThis.shopRegistered = true;

// libs/kit/src/index.ts
var src_exports = {};
__export(src_exports, {
  SEPARATORS: () => SEPARATORS,
  add: () => add,
  capitalize: () => capitalize,
  clock: () => clock,
  slug: () => slug,
  withTax: () => withTax
});

// libs/kit/src/money.ts
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

// libs/kit/src/text.ts
var SEPARATORS = buildSeparators();
function buildSeparators() {
  return ["-", "_"].concat(" ");
}
function slug(text) {
  return text.toLowerCase().split(SEPARATORS[2]).join("-");
}
var capitalize = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// libs/kit/src/clock.ts
function clock() {
  return Date.now();
}

// apps/api/src/main.ts
var handlers = { ...src_exports };
console.log(Object.keys(handlers));
//# sourceMappingURL=main.js.map
