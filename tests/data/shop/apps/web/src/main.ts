import { add, capitalize } from "@shop/kit";
import * as legacy from "@shop/legacy";

console.log(capitalize("sum"), add({ cents: 1 }, { cents: 2 }), legacy.countOrders([]));
