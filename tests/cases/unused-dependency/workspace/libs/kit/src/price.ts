export function price(value: number): string {
  return `${value.toFixed(2)} EUR`;
}
