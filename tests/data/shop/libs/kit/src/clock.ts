export default function clock(): number {
  return Date.now();
}
