// libs/kit/src/money.ts
function add(a, b) {
  return { cents: round(a.cents + b.cents) };
}
function round(value) {
  return Math.round(value);
}

// libs/kit/src/text.ts
var SEPARATORS = buildSeparators();
function buildSeparators() {
  return ["-", "_"].concat(" ");
}
var capitalize = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// libs/legacy/src/orders.ts
function countOrders(orders) {
  return orders.length;
}

// libs/legacy/src/reports.ts
var layout = makeLayout();
function makeLayout() {
  const columns = ["day", "orders", "sum"];
  return columns.map((column) => column.toUpperCase());
}

// apps/web/src/main.ts
console.log(capitalize("sum"), add({ cents: 1 }, { cents: 2 }), countOrders([]));
//# sourceMappingURL=main.js.map
