import * as z from "zod";

export const LOCALES = ["en", "de", "fr"] as const;
export type Locale = (typeof LOCALES)[number];

export const TEMPLATE_NAMES = ["welcome", "mention", "digest"] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];

export const NotificationRequest = z.object({
  to: z.email(),
  template: z.enum(TEMPLATE_NAMES),
  locale: z.enum(LOCALES).default("en"),
  values: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
});
export type NotificationRequest = z.infer<typeof NotificationRequest>;
