import type { User, UserChange, UserQuery } from "@acme/contracts";
import { countBy, map, orderBy, pickBy, take } from "lodash-es";

export interface Team {
  name: string;
  people: number;
}

export class Directory {
  private readonly users: Map<string, User>;

  constructor(users: readonly User[]) {
    this.users = new Map(users.map((user) => [user.id, user]));
  }

  get(id: string): User | undefined {
    return this.users.get(id);
  }

  list({ team, sort, limit }: UserQuery): User[] {
    const found = [...this.users.values()].filter((user) => !team || user.team === team);
    return take(orderBy(found, [sort, "id"]), limit);
  }

  change(id: string, change: UserChange): User | undefined {
    const user = this.users.get(id);
    if (!user) return undefined;
    const changed = { ...user, ...pickBy(change, (value) => value !== undefined) };
    this.users.set(id, changed);
    return changed;
  }

  teams(): Team[] {
    const sizes = countBy([...this.users.values()], "team");
    return orderBy(map(sizes, (people, name) => ({ name, people })), ["people", "name"], ["desc", "asc"]);
  }
}
