/** Python's keywords (3.9 to 3.14) and the builtins whose loss an analyst would notice. */
const RESERVED = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from ' +
    'global if import in is lambda nonlocal not or pass raise return try while with yield match case type ' +
    'abs all any bool bytes callable chr dict dir display enumerate exit filter float format frozenset getattr ' +
    'hash help hex id input int isinstance iter len list map max min next object open ord pow print property ' +
    'quit range repr reversed round set setattr slice sorted str sum super tuple vars zip In Out get_ipython'
  ).split(' ')
);

/**
 * Whether a text can name an attachment: the first check, so that a form answers at once. The kernel, which
 * knows its own version's builtins, has the last word.
 */
export function isPythonName(text: string): boolean {
  return (
    /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(text) && !text.startsWith('__') && !RESERVED.has(text)
  );
}
