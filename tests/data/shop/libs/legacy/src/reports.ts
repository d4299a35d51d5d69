const layout = makeLayout();

function makeLayout(): string[] {
  const columns = ["day", "orders", "sum"];
  return columns.map((column) => column.toUpperCase());
}

export function report(days: string[]): string {
  return [layout.join(" "), ...days].join("\n");
}
