import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agoText, bytesText, livetimeText, runText, timeLeftText } from './format';

describe('numbers as people read them', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [999_960, '1.0 MB'],
    [2_100_000, '2.1 MB'],
    [123_456_789, '123 MB'],
    [1e12, '1.0 TB']
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it('never shows four digits before the unit, up to a petabyte', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9.99e14, noNaN: true }), bytes => {
        expect(bytesText(bytes)).toMatch(/^\d{1,3}(\.\d)? (B|kB|MB|GB|TB)$/);
      })
    );
  });

  it('writes times in the unit that fits', () => {
    expect(livetimeText(1178.07)).toBe('19.6 min');
    expect(livetimeText(7200)).toBe('2.0 h');
    expect(timeLeftText(0.2)).toBe('1 s');
    expect(timeLeftText(90)).toBe('2 min');
    expect(agoText('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:12Z'))).toBe('12 s ago');
    expect(agoText('nonsense', 0)).toBe('nonsense');
  });

  it('writes runs with eight digits', () => {
    expect(runText(5029747)).toBe('05029747');
    expect(runText(null)).toBe('–');
  });
});
