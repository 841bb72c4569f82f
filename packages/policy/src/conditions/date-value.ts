const epochSeconds = /^[0-9]{1,15}(?:\.[0-9]{1,9})?$/;
const isoDate = /^(?<year>[0-9]{4})-(?<month>[0-9]{2})(?:-(?<day>[0-9]{2}))?$/;
const isoTime =
  /^(?<hour>[0-9]{2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?<fraction>\.[0-9]{1,9})?)?(?:[Zz]|(?<sign>[+-])(?<zoneHour>[0-9]{2}):?(?<zoneMinute>[0-9]{2}))$/;

const [minuteMs, hourMs] = [60_000, 3_600_000];

/**
 * The time that a text names, in milliseconds since 1970: a date, or a date and a time with its zone, in the W3C's profile of
 * ISO 8601, or seconds since 1970 ("Date condition operators", IAM User Guide). A year alone could be either; it is taken as
 * seconds. Undefined for other texts.
 */
export function findDate(text: string): number | undefined {
  if (epochSeconds.test(text)) return Number(text) * 1000;
  const separator = text.search(/[Tt]/);
  if (separator === -1) return findDay(text);
  const day = separator === 'yyyy-mm-dd'.length ? findDay(text.slice(0, separator)) : undefined;
  const time = findTime(text.slice(separator + 1));
  return day === undefined || time === undefined ? undefined : day + time;
}

/** Midnight UTC of a day, or of the first day of a month. */
function findDay(text: string): number | undefined {
  const parts = isoDate.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const [year, month, day] = [Number(parts['year']), Number(parts['month']), Number(parts['day'] ?? 1)];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A day that the month does not have would be one of the next month.
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

/** Milliseconds since midnight UTC; before it where the zone is east of it. */
function findTime(text: string): number | undefined {
  const parts = isoTime.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const numberOf = (name: string) => Number(parts[name] ?? 0);
  const [hour, minute, second] = [numberOf('hour'), numberOf('minute'), numberOf('second')];
  const [zoneHour, zoneMinute] = [numberOf('zoneHour'), numberOf('zoneMinute')];
  if (hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return undefined;
  const zone = (zoneHour * hourMs + zoneMinute * minuteMs) * (parts['sign'] === '-' ? -1 : 1);
  return hour * hourMs + minute * minuteMs + (second + numberOf('fraction')) * 1000 - zone;
}
