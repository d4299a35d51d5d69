// left-pad used to be here.
import { price } from "@shop/kit";
import ms from "ms";

console.log(price(3), ms("2 days"));
