import { describe, expect, it } from 'vitest';
import { isPythonName } from './python-name';

describe('a name for an attachment', () => {
  it.each(['crab', 'mrk_421', '_x', 'Crab2'])('may be %s', name => {
    expect(isPythonName(name)).toBe(true);
  });

  it.each([
    '',
    '2crab',
    'a b',
    'class',
    'print',
    '__x',
    'crab;x',
    'crab\n',
    'é',
    'a'.repeat(101),
    'In'
  ])('may not be %j', name => {
    expect(isPythonName(name)).toBe(false);
  });
});
