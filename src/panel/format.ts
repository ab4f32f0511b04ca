/** Numbers and times as people read them; short enough for a narrow panel. */

/** Bytes in decimal units, as disks and quotas are given. */
export function bytesText(bytes: number): string {
  let amount = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (amount < 999.5) {
      return unit === 'B' || amount >= 99.5
        ? `${Math.round(amount)} ${unit}`
        : `${amount.toFixed(1)} ${unit}`;
    }
    amount /= 1000;
  }
  return `${amount.toFixed(1)} TB`;
}

/** Seconds of livetime: minutes for a run, hours for a selection. */
export function livetimeText(seconds: number): string {
  if (seconds < 3600) {
    return `${(seconds / 60).toFixed(1)} min`;
  }
  const hours = seconds / 3600;
  return hours < 100 ? `${hours.toFixed(1)} h` : `${Math.round(hours)} h`;
}

/** Seconds still to wait. */
export function timeLeftText(seconds: number): string {
  if (seconds < 60) {
    return `${Math.max(1, Math.round(seconds))} s`;
  }
  if (seconds < 3600) {
    return `${Math.round(seconds / 60)} min`;
  }
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** How long ago an ISO time was. */
export function agoText(iso: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (Number.isNaN(seconds)) {
    return iso;
  }
  if (seconds < 60) {
    return `${Math.round(seconds)} s ago`;
  }
  if (seconds < 3600) {
    return `${Math.round(seconds / 60)} min ago`;
  }
  return seconds < 86_400
    ? `${Math.round(seconds / 3600)} h ago`
    : `${Math.round(seconds / 86_400)} d ago`;
}

/** Run numbers have eight digits in MAGIC's names. */
export function runText(run: number | null): string {
  return run === null ? '–' : String(run).padStart(8, '0');
}

/** A number with fixed decimals, or a dash. */
export function numberText(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits);
}
