"use strict";
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __esm = (fn, res, err) => function __init() {
  if (err) throw err[0];
  try {
    return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
  } catch (e) {
    throw err = [e], e;
  }
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// libs/kit/src/money.ts
var money_exports = {};
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
var init_money = __esm({
  "libs/kit/src/money.ts"() {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.add = add;
    exports.withTax = withTax;
  }
});

// libs/kit/src/text.ts
var text_exports = {};
function buildSeparators() {
  return ["-", "_"].concat(" ");
}
function slug(text) {
  return text.toLowerCase().split(exports.SEPARATORS[2]).join("-");
}
var capitalize;
var init_text = __esm({
  "libs/kit/src/text.ts"() {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.capitalize = exports.SEPARATORS = void 0;
    exports.slug = slug;
    exports.SEPARATORS = buildSeparators();
    capitalize = (text) => text.charAt(0).toUpperCase() + text.slice(1);
    exports.capitalize = capitalize;
  }
});

// libs/kit/src/clock.ts
var clock_exports = {};
function clock() {
  return Date.now();
}
var init_clock = __esm({
  "libs/kit/src/clock.ts"() {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.default = clock;
  }
});

// libs/kit/src/index.ts
var src_exports = {};
var __createBinding, __exportStar, __importDefault, clock_1;
var init_src = __esm({
  "libs/kit/src/index.ts"() {
    "use strict";
    __createBinding = Object.create ? (function(o, m, k, k2) {
      if (k2 === void 0) k2 = k;
      var desc = Object.getOwnPropertyDescriptor(m, k);
      if (!desc || ("get" in desc ? !m.__esModule : desc.writable || desc.configurable)) {
        desc = { enumerable: true, get: function() {
          return m[k];
        } };
      }
      Object.defineProperty(o, k2, desc);
    }) : (function(o, m, k, k2) {
      if (k2 === void 0) k2 = k;
      o[k2] = m[k];
    });
    __exportStar = function(m, exports2) {
      for (var p in m) if (p !== "default" && !Object.prototype.hasOwnProperty.call(exports2, p)) __createBinding(exports2, m, p);
    };
    __importDefault = function(mod) {
      return mod && mod.__esModule ? mod : { "default": mod };
    };
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.clock = void 0;
    __exportStar((init_money(), __toCommonJS(money_exports)), exports);
    __exportStar((init_text(), __toCommonJS(text_exports)), exports);
    clock_1 = (init_clock(), __toCommonJS(clock_exports));
    Object.defineProperty(exports, "clock", { enumerable: true, get: function() {
      return __importDefault(clock_1).default;
    } });
  }
});

// libs/legacy/src/orders.ts
var orders_exports = {};
function countOrders(orders) {
  return orders.length;
}
var init_orders = __esm({
  "libs/legacy/src/orders.ts"() {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.countOrders = countOrders;
  }
});

// libs/legacy/src/reports.ts
var reports_exports = {};
function makeLayout() {
  const columns = ["day", "orders", "sum"];
  return columns.map((column) => column.toUpperCase());
}
function report(days) {
  return [layout.join(" "), ...days].join("\n");
}
var layout;
var init_reports = __esm({
  "libs/legacy/src/reports.ts"() {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.report = report;
    layout = makeLayout();
  }
});

// libs/legacy/src/index.ts
var src_exports2 = {};
var __createBinding2, __exportStar2;
var init_src2 = __esm({
  "libs/legacy/src/index.ts"() {
    "use strict";
    __createBinding2 = Object.create ? (function(o, m, k, k2) {
      if (k2 === void 0) k2 = k;
      var desc = Object.getOwnPropertyDescriptor(m, k);
      if (!desc || ("get" in desc ? !m.__esModule : desc.writable || desc.configurable)) {
        desc = { enumerable: true, get: function() {
          return m[k];
        } };
      }
      Object.defineProperty(o, k2, desc);
    }) : (function(o, m, k, k2) {
      if (k2 === void 0) k2 = k;
      o[k2] = m[k];
    });
    __exportStar2 = function(m, exports2) {
      for (var p in m) if (p !== "default" && !Object.prototype.hasOwnProperty.call(exports2, p)) __createBinding2(exports2, m, p);
    };
    Object.defineProperty(exports, "__esModule", { value: true });
    __exportStar2((init_orders(), __toCommonJS(orders_exports)), exports);
    __exportStar2((init_reports(), __toCommonJS(reports_exports)), exports);
  }
});

// apps/web/src/main.ts
var __createBinding3 = Object.create ? (function(o, m, k, k2) {
  if (k2 === void 0) k2 = k;
  var desc = Object.getOwnPropertyDescriptor(m, k);
  if (!desc || ("get" in desc ? !m.__esModule : desc.writable || desc.configurable)) {
    desc = { enumerable: true, get: function() {
      return m[k];
    } };
  }
  Object.defineProperty(o, k2, desc);
}) : (function(o, m, k, k2) {
  if (k2 === void 0) k2 = k;
  o[k2] = m[k];
});
var __setModuleDefault = Object.create ? (function(o, v) {
  Object.defineProperty(o, "default", { enumerable: true, value: v });
}) : function(o, v) {
  o["default"] = v;
};
var __importStar = /* @__PURE__ */ (function() {
  var ownKeys = function(o) {
    ownKeys = Object.getOwnPropertyNames || function(o2) {
      var ar = [];
      for (var k in o2) if (Object.prototype.hasOwnProperty.call(o2, k)) ar[ar.length] = k;
      return ar;
    };
    return ownKeys(o);
  };
  return function(mod) {
    if (mod && mod.__esModule) return mod;
    var result = {};
    if (mod != null) {
      for (var k = ownKeys(mod), i = 0; i < k.length; i++) if (k[i] !== "default") __createBinding3(result, mod, k[i]);
    }
    __setModuleDefault(result, mod);
    return result;
  };
})();
Object.defineProperty(exports, "__esModule", { value: true });
var kit_1 = (init_src(), __toCommonJS(src_exports));
var legacy = __importStar((init_src2(), __toCommonJS(src_exports2)));
console.log((0, kit_1.capitalize)("sum"), (0, kit_1.add)({ cents: 1 }, { cents: 2 }), legacy.countOrders([]));
//# sourceMappingURL=main.js.map
