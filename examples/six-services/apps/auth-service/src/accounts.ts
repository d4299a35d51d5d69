import { randomUUID } from "node:crypto";
import { badRequest, conflict, unauthorized } from "@acme/common";
import type { Registration } from "@acme/contracts";
import { compare, hash } from "bcryptjs";
import { LRUCache } from "lru-cache";
import validator from "validator";

export interface Account {
  id: string;
  email: string;
  passwordHash: string;
  /** The shared secret of the second factor, once it is set up. */
  secret?: string;
}

const HASH_ROUNDS = 10;
const MAX_FAILURES = 5;

export class Accounts {
  private readonly byEmail = new Map<string, Account>();
  private readonly failures = new LRUCache<string, number>({ max: 10_000, ttl: 15 * 60_000 });

  async register({ email, password }: Registration): Promise<Account> {
    const address = normalize(email);
    if (!address) throw badRequest("The e-mail address is not valid");
    if (!validator.isStrongPassword(password, { minLength: 10, minSymbols: 0 })) {
      throw badRequest("The password needs both cases and a digit");
    }
    if (this.byEmail.has(address)) throw conflict("The e-mail address is taken");

    const passwordHash = await hash(password, HASH_ROUNDS);
    const account: Account = { id: randomUUID(), email: address, passwordHash };
    this.byEmail.set(address, account);
    return account;
  }

  /** The account, if the password is right; five failures lock the address for 15 minutes. */
  async authenticate(email: string, password: string): Promise<Account> {
    const address = normalize(email) ?? email;
    const failures = this.failures.get(address) ?? 0;
    if (failures >= MAX_FAILURES) throw unauthorized("Too many attempts; try again later");

    const account = this.byEmail.get(address);
    if (!account || !(await compare(password, account.passwordHash))) {
      this.failures.set(address, failures + 1);
      throw unauthorized("Wrong e-mail address or password");
    }
    this.failures.delete(address);
    return account;
  }
}

function normalize(email: string): string | undefined {
  if (!validator.isEmail(email)) return undefined;
  return validator.normalizeEmail(email, { gmail_remove_dots: false }) || undefined;
}
