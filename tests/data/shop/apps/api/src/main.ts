import "@shop/legacy/register";
import * as kit from "@shop/kit";

const handlers: Record<string, unknown> = { ...kit };
console.log(Object.keys(handlers));
