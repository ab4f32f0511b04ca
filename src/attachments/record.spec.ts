import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MOST_DIDS,
  readRecords,
  selectionToKeep,
  withRecord,
  withoutRecord,
  writeRecords,
  type AttachmentRecord
} from './record';

const record = (variable: string, key = '0123abcd'): AttachmentRecord => ({
  key,
  variable,
  selection: { kind: 'dataset', did: 'magic-dl3:crab' },
  runs: 2
});

describe('a notebook’s metadata', () => {
  it('gives back what was written', () => {
    const records = [record('crab'), record('mrk_421', 'abcd0123')];
    expect(readRecords(JSON.parse(JSON.stringify(writeRecords(records))))).toEqual(records);
  });

  it('is removed with the last attachment', () => {
    expect(writeRecords(withoutRecord([record('crab')], 'crab'))).toBeNull();
  });

  it('never breaks the reader, whatever somebody wrote there', () => {
    fc.assert(
      fc.property(fc.anything(), value => {
        expect(readRecords(value)).toEqual([]);
      })
    );
  });

  it.each([
    ['code in the name', { ...record('crab'), variable: 'crab; import os' }],
    ['a dunder with a dot', { ...record('crab'), variable: '__builtins__.open' }],
    ['a DID with white space', { ...record('crab'), selection: { kind: 'dids', dids: ['a: b'] } }],
    ['an unknown kind', { ...record('crab'), selection: { kind: 'path', path: '/etc/passwd' } }],
    ['a key that is none', { ...record('crab'), key: '"; drop' }]
  ])('is refused whole with %s', (_, bad) => {
    expect(readRecords({ version: 1, attachments: [record('good'), bad] })).toEqual([]);
  });

  it('keeps the first of two attachments with one name', () => {
    const twice = {
      version: 1,
      attachments: [record('crab', '11111111'), record('crab', '22222222')]
    };
    expect(readRecords(twice).map(one => one.key)).toEqual(['11111111']);
  });

  it('has one record a variable, in its place', () => {
    const records = withRecord([record('a'), record('b')], { ...record('a'), runs: 7 });
    expect(records.map(one => [one.variable, one.runs])).toEqual([
      ['a', 7],
      ['b', 2]
    ]);
  });
});

describe('the selection that is remembered', () => {
  const filter = { kind: 'filter', filter: { targets: ['Crab'] } } as const;

  it('is the runs themselves for a filter, whose meaning would change', () => {
    expect(selectionToKeep({ ...filter, filter: { targets: ['Crab'] } }, ['s:a'])).toEqual({
      kind: 'dids',
      dids: ['s:a']
    });
  });

  it('is the filter where the runs are too many for a notebook', () => {
    const many = Array.from({ length: MOST_DIDS + 1 }, (_, i) => `s:${i}`);
    expect(selectionToKeep({ ...filter, filter: { targets: ['Crab'] } }, many).kind).toBe('filter');
  });

  it('is the dataset for a dataset', () => {
    const dataset = { kind: 'dataset', did: 's:d' } as const;
    expect(selectionToKeep(dataset, ['s:a'])).toEqual(dataset);
  });
});
