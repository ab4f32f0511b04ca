import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asSelection,
  EVERYTHING,
  isPicked,
  NOTHING,
  only,
  toggled,
  withAll,
  type Picked
} from './selection';

const did = fc.constantFrom('s:a', 's:b', 's:c', 's:d');
const picked: fc.Arbitrary<Picked> = fc
  .tuple(fc.boolean(), fc.array(did))
  .map(([all, dids]) =>
    all
      ? { kind: 'all' as const, except: new Set(dids) }
      : { kind: 'some' as const, dids: new Set(dids) }
  );

describe('what is picked', () => {
  it('changes by a toggle for that run alone, and a second toggle undoes it', () => {
    fc.assert(
      fc.property(picked, did, did, (before, one, other) => {
        const after = toggled(before, one);
        expect(isPicked(after, one)).toBe(!isPicked(before, one));
        if (other !== one) {
          expect(isPicked(after, other)).toBe(isPicked(before, other));
        }
        expect(isPicked(toggled(after, one), one)).toBe(isPicked(before, one));
      })
    );
  });

  it('holds every run that is added, and loses none', () => {
    fc.assert(
      fc.property(picked, fc.array(did), did, (before, added, other) => {
        const after = withAll(before, added);
        expect(added.every(one => isPicked(after, one))).toBe(true);
        expect(isPicked(after, other)).toBe(isPicked(before, other) || added.includes(other));
      })
    );
  });

  it('is sent as a filter less exceptions, as runs, or not at all', () => {
    const filter = { targets: ['Crab'] };
    expect(asSelection(NOTHING, filter)).toBeNull();
    expect(asSelection(only(['s:a']), filter)).toEqual({ kind: 'dids', dids: ['s:a'] });
    expect(asSelection(toggled(EVERYTHING, 's:a'), filter)).toEqual({
      kind: 'filter',
      filter,
      except_dids: ['s:a']
    });
  });
});
