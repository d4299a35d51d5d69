// libs/kit/src/price.ts
function price(value) {
  return `${value.toFixed(2)} EUR`;
}

// apps/web/src/main.ts
import ms from "ms";
console.log(price(3), ms("2 days"));
//# sourceMappingURL=main.js.map
