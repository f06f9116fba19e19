import { count, locale, number, t } from "../i18n";

export { count };

/** Format a length as a clock shows it. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const hours = Math.floor(whole / 3600);
  const text = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return hours ? `${hours}:${text}` : text.replace(/^0(\d:)/, "$1");
}

export function duration(seconds: number): string {
  if (seconds < 9.95) return `${number(Math.max(0.1, seconds), 1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${number(seconds / 3600, 1)} h`;
}

/** Format a range; a shared unit appears once. */
export function between(lowest: number, highest: number): string {
  const [low, high] = [duration(lowest), duration(highest)];
  if (low === high) return low;
  const [amount, unit] = low.split(" ");
  return high.endsWith(` ${unit}`) ? `${amount}–${high}` : `${low} – ${high}`;
}

/** Format an amount with cents, or with more places if it is less than ten cents. */
export function formatAmount(amount: number, currency: string): string {
  const places = amount >= 0.1 || amount === 0 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(amount)));
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  }).format(amount);
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  if (bytes < 999.5e6) return `${number(bytes / 1e6, bytes < 99.5e6 ? 1 : 0)} MB`;
  return `${number(bytes / 1e9, 1)} GB`;
}

/** Format a share of one. */
export function percent(share: number): string {
  return new Intl.NumberFormat(locale, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(share);
}

// Made once: a formatter costs more than what it formats, and a library has hundreds of dates.
const HOUR = { hour: "2-digit", minute: "2-digit" } as const;
const times = {
  minute: new Intl.DateTimeFormat(locale, HOUR),
  second: new Intl.DateTimeFormat(locale, { ...HOUR, second: "2-digit" }),
};
const days = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short" });
const dates = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });

export function time(when: string | number | Date, to: "minute" | "second" = "minute"): string {
  return times[to].format(new Date(when));
}

export function day(when: string | number | Date): string {
  return days.format(new Date(when));
}

export function date(when: string | number | Date): string {
  return dates.format(new Date(when));
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "always" });

export function until(when: string | number | Date, now = Date.now()): string {
  const hours = (new Date(when).getTime() - now) / 3.6e6;
  if (hours <= 0) return t("now");
  if (hours < 1.5) return relative.format(Math.max(1, Math.round(hours * 60)), "minute");
  if (hours < 36) return relative.format(Math.round(hours), "hour");
  return relative.format(Math.round(hours / 24), "day");
}
