import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mollweide } from './sky';

describe('the map of the sky', () => {
  it('keeps every direction inside its rim', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 360, noNaN: true }),
        fc.double({ min: -90, max: 90, noNaN: true }),
        (ra, dec) => {
          const { x, y } = mollweide(ra, dec);
          expect((x / 2) ** 2 + y ** 2).toBeLessThanOrEqual(1 + 1e-6);
        }
      )
    );
  });

  it('has its centre at 180 degrees, its poles above and below, and east to the left', () => {
    expect(mollweide(180, 0)).toEqual({ x: 0, y: 0 });
    expect(mollweide(42, 90).y).toBeCloseTo(1);
    expect(mollweide(42, -90).y).toBeCloseTo(-1);
    expect(mollweide(200, 0).x).toBeLessThan(0);
  });

  it('has equal areas: half of the sky lies between 30 degrees south and north', () => {
    const angle = Math.asin(mollweide(180, 30).y);
    // The part of the disc's area between two latitudes is (2t + sin 2t) / pi.
    expect((2 * angle + Math.sin(2 * angle)) / Math.PI).toBeCloseTo(0.5);
  });
});
