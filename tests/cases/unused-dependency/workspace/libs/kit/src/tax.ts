export function tax(value: number): number {
  return value * 0.19;
}
