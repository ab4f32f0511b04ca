import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReply } from './reply';

const content = (data: object) => ({
  status: 'ok',
  user_expressions: { x: { status: 'ok', data } }
});

describe('the reply of a user expression', () => {
  it('is taken from JSON as IPython sends it', () => {
    expect(parseReply(content({ 'application/json': { ok: true } }), 'x')).toEqual({ ok: true });
  });

  it('is taken from the plain text where there is no JSON', () => {
    expect(parseReply(content({ 'text/plain': '{"ok": true}' }), 'x')).toEqual({ ok: true });
    expect(parseReply(content({ 'text/plain': `'{"ok": true}'` }), 'x')).toEqual({ ok: true });
  });

  it('is null for an expression that failed or another name', () => {
    expect(
      parseReply({ user_expressions: { x: { status: 'error', ename: 'NameError' } } }, 'x')
    ).toBeNull();
    expect(parseReply(content({ 'text/plain': '{}' }), 'y')).toBeNull();
    expect(parseReply({}, 'x')).toBeNull();
  });

  it('never throws on what a kernel may send', () => {
    fc.assert(
      fc.property(fc.anything(), value => {
        parseReply({ user_expressions: { x: { data: { 'text/plain': value } } } }, 'x');
        parseReply({ user_expressions: { x: value } }, 'x');
      })
    );
  });
});
