import { badRequest } from "@acme/common";
import type { NotificationRequest } from "@acme/contracts";
import { Eta } from "eta";
import { IntlMessageFormat } from "intl-messageformat";
import { TEXTS } from "./texts";

export interface RenderedLetter {
  subject: string;
  html: string;
  text: string;
}

const PAGE = `<!doctype html>
<html lang="<%= it.locale %>">
  <head><title><%= it.subject %></title></head>
  <body>
    <h1><%= it.subject %></h1>
    <p><%= it.body %></p>
  </body>
</html>
`;

const eta = new Eta({ autoEscape: true });
const page = eta.compile(PAGE);
const formats = new Map<string, IntlMessageFormat>();

export function render({ template, locale, values }: NotificationRequest): RenderedLetter {
  const text = TEXTS[locale][template];
  const subject = format(text.subject, locale, values);
  const body = format(text.body, locale, values);
  return { subject, text: body, html: eta.render(page, { locale, subject, body }) };
}

function format(message: string, locale: string, values: NotificationRequest["values"]): string {
  const key = `${locale}:${message}`;
  const known = formats.get(key) ?? new IntlMessageFormat(message, locale);
  formats.set(key, known);
  try {
    return String(known.format(values));
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}
