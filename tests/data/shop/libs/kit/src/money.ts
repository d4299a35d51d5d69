export interface Money {
  cents: number;
}

export function add(a: Money, b: Money): Money {
  return { cents: round(a.cents + b.cents) };
}

function round(value: number): number {
  return Math.round(value);
}

export function withTax(price: Money, percent: number): Money {
  const factor = 1 + percent / 100;
  const cents = round(price.cents * factor);
  return { cents };
}
