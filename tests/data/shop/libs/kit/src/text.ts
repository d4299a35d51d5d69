export const SEPARATORS = buildSeparators();

function buildSeparators(): string[] {
  return ["-", "_"].concat(" ");
}

export function slug(text: string): string {
  return text.toLowerCase().split(SEPARATORS[2]!).join("-");
}

export const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
