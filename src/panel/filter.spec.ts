import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chips, isFiltered, tidy, toggleValue } from './filter';

const words = (value: string): string => `<${value}>`;

describe('a filter', () => {
  it('has a chip a condition, and each chip takes away its own alone', () => {
    const filter = {
      targets: ['Crab', 'Mrk421'],
      zenith_min: 10,
      zenith_max: 30,
      dataset: 's:d',
      text: 'x'
    };
    const all = chips(filter, words);
    expect(all.map(chip => chip.label)).toEqual(['Crab', 'Mrk421', 'zd 10–30°', 's:d']);
    for (const chip of all) {
      expect(chips(chip.without, words)).toHaveLength(all.length - 1);
      expect(chip.without.text).toBe('x');
    }
  });

  it('comes back when a value is toggled twice', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.string(), (targets, value) => {
        const twice = toggleValue(toggleValue({ targets }, 'targets', value), 'targets', value);
        expect(new Set(twice.targets)).toEqual(new Set(targets));
      })
    );
  });

  it('is tidy: what is empty is no condition', () => {
    expect(tidy({ text: '', targets: [], zenith_min: null, night_from: '2020-01-01' })).toEqual({
      night_from: '2020-01-01'
    });
    expect(isFiltered({ text: '', creators: [] })).toBe(false);
    expect(isFiltered({ zenith_min: 0 })).toBe(true);
  });
});
