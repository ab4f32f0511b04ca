import type { Availability, RunFilter } from '../api/generated';

/** A condition as a chip shows it, and the filter without it. */
export interface IChip {
  key: string;
  label: string;
  without: RunFilter;
}

type ListKey = 'targets' | 'availabilities' | 'irf_types' | 'creators' | 'telescopes';

/** Put a value into a list of alternatives, or take it out. */
export function toggleValue(filter: RunFilter, key: ListKey, value: string): RunFilter {
  const values = filter[key] ?? [];
  const next = values.includes(value) ? values.filter(one => one !== value) : [...values, value];
  return { ...filter, [key]: next };
}

/** Leave out what is empty: the query stays short, and equal filters are equal texts. */
export function tidy(filter: RunFilter): RunFilter {
  return Object.fromEntries(
    Object.entries(filter).filter(
      ([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
    )
  );
}

export function isFiltered(filter: RunFilter): boolean {
  return Object.keys(tidy(filter)).length > 0;
}

/** The conditions of a filter, one chip each; the free text has its own field and no chip. */
export function chips(filter: RunFilter, words: (availability: Availability) => string): IChip[] {
  const found: IChip[] = [];
  const drop = (...keys: (keyof RunFilter)[]): RunFilter =>
    Object.fromEntries(
      Object.entries(filter).filter(([key]) => !keys.includes(key as keyof RunFilter))
    );
  for (const key of ['targets', 'availabilities', 'irf_types', 'creators', 'telescopes'] as const) {
    for (const value of filter[key] ?? []) {
      const label = key === 'availabilities' ? words(value as Availability) : value;
      found.push({ key: `${key} ${value}`, label, without: toggleValue(filter, key, value) });
    }
  }
  const range = (
    low: keyof RunFilter,
    high: keyof RunFilter,
    text: (low: string, high: string) => string
  ): void => {
    const from = filter[low];
    const to = filter[high];
    if ((from ?? null) !== null || (to ?? null) !== null) {
      const label = text(
        from === null || from === undefined ? '' : String(from),
        to === null || to === undefined ? '' : String(to)
      );
      found.push({ key: low, label, without: drop(low, high) });
    }
  };
  range('night_from', 'night_to', (from, to) => (from === to ? from : `${from} … ${to}`));
  range('zenith_min', 'zenith_max', (from, to) => `zd ${from || '0'}–${to || '90'}°`);
  range('livetime_min', 'livetime_max', (from, to) => `livetime ${from || '0'}–${to || '∞'} s`);
  if (filter.radius) {
    found.push({
      key: 'cone',
      label: `${filter.radius}° around ${filter.ra ?? ''}, ${filter.dec ?? ''}`,
      without: drop('ra', 'dec', 'radius')
    });
  }
  if (filter.dataset) {
    found.push({ key: 'dataset', label: filter.dataset, without: drop('dataset') });
  }
  for (const run of filter.runs ?? []) {
    found.push({
      key: `run ${run}`,
      label: String(run),
      without: { ...filter, runs: (filter.runs ?? []).filter(one => one !== run) }
    });
  }
  return found;
}
