export function countOrders(orders: string[]): number {
  return orders.length;
}
