import type { User } from "@acme/contracts";
import { DateTime, Interval } from "luxon";

export interface Profile extends User {
  localTime: string;
  atWork: boolean;
  tenure: string;
}

/** A user as colleagues see them: what time it is there, and whether to expect an answer. */
export function toProfile(user: User, now: DateTime = DateTime.now()): Profile {
  const local = now.setZone(user.timeZone);
  const workday = Interval.fromDateTimes(local.set({ hour: 9, minute: 0 }), local.set({ hour: 17, minute: 30 }));
  const { years, months } = now.diff(DateTime.fromISO(user.joined), ["years", "months"]);

  return {
    ...user,
    localTime: local.toFormat("ccc HH:mm"),
    atWork: local.weekday <= 5 && workday.contains(local),
    tenure: `${years} y ${Math.floor(months)} m`,
  };
}
