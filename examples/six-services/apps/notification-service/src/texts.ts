import type { Locale, TemplateName } from "@acme/contracts";

export interface Text {
  subject: string;
  body: string;
}

/** ICU messages: {name} is a value, {count, plural, ...} chooses by number. */
export const TEXTS: Record<Locale, Record<TemplateName, Text>> = {
  en: {
    welcome: { subject: "Welcome, {name}", body: "Your account is ready. Say hello in #{room}." },
    mention: { subject: "{author} mentioned you", body: "{author} mentioned you in #{room}." },
    digest: {
      subject: "Your week in #{room}",
      body: "{count, plural, =0 {Nothing new} one {One new message} other {# new messages}} this week.",
    },
  },
  de: {
    welcome: { subject: "Willkommen, {name}", body: "Dein Konto ist bereit. Sag hallo in #{room}." },
    mention: { subject: "{author} hat dich erwähnt", body: "{author} hat dich in #{room} erwähnt." },
    digest: {
      subject: "Deine Woche in #{room}",
      body: "{count, plural, =0 {Nichts Neues} one {Eine neue Nachricht} other {# neue Nachrichten}} diese Woche.",
    },
  },
  fr: {
    welcome: { subject: "Bienvenue, {name}", body: "Votre compte est prêt. Dites bonjour dans #{room}." },
    mention: { subject: "{author} vous a mentionné", body: "{author} vous a mentionné dans #{room}." },
    digest: {
      subject: "Votre semaine dans #{room}",
      body: "{count, plural, =0 {Rien de nouveau} one {Un nouveau message} other {# nouveaux messages}} cette semaine.",
    },
  },
};
