import type { User } from "@acme/contracts";

const FIRST_NAMES = ["Ada", "Bela", "Chidi", "Dara", "Emre", "Farah", "Goran", "Hana", "Imani", "Jonas"];
const LAST_NAMES = ["Abel", "Brandt", "Costa", "Duarte", "Eriksen", "Fischer"];
const TEAMS = ["identity", "messaging", "platform", "support"];
const TIME_ZONES = ["Europe/Lisbon", "Europe/Berlin", "Asia/Kolkata", "America/Toronto", "Asia/Tokyo"];

/** People for a demonstration: the same ones at every start. */
export function seedUsers(count: number): User[] {
  return Array.from({ length: count }, (_, index) => {
    const first = pick(FIRST_NAMES, index);
    const last = pick(LAST_NAMES, Math.floor(index / FIRST_NAMES.length));
    return {
      id: `00000000-0000-4000-8000-${String(index + 1).padStart(12, "0")}`,
      name: `${first} ${last}`,
      email: `${first}.${last}.${index + 1}@acme.example`.toLowerCase(),
      team: pick(TEAMS, index * 7),
      timeZone: pick(TIME_ZONES, index * 3),
      joined: `20${15 + (index % 10)}-0${1 + (index % 9)}-15`,
    };
  });
}

function pick(values: readonly string[], index: number): string {
  return values[index % values.length] ?? "";
}
