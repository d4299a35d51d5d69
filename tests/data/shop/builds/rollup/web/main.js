'use strict';

function add(a, b) {
  return { cents: round(a.cents + b.cents) };
}
function round(value) {
  return Math.round(value);
}

const capitalize = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function countOrders(orders) {
  return orders.length;
}

makeLayout();
function makeLayout() {
  const columns = ["day", "orders", "sum"];
  return columns.map((column) => column.toUpperCase());
}

console.log(capitalize("sum"), add({ cents: 1 }, { cents: 2 }), countOrders([]));
//# sourceMappingURL=main.js.map
