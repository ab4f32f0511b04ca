import React, { useRef, useState } from 'react';
import { ApiError } from '../api/problem';
import type { Status } from '../api/generated';
import { usePanel } from './context';

/** Name and password, exchanged for a token by the server and kept nowhere. */
export function SignIn(props: { status: Status; onSignedIn: () => void }): React.ReactElement {
  const { client, trans } = usePanel();
  const { status } = props;
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    const node = form.current;
    if (!node) {
      return;
    }
    // Straight from the form into the request: a password is never part of the panel's state.
    const values = new FormData(node);
    const text = (name: string): string => {
      const value = values.get(name);
      return typeof value === 'string' ? value : '';
    };
    const username = text('username');
    setBusy(true);
    setProblem('');
    client
      .signIn({ username, account: text('account') || username, password: text('password') })
      .then(
        () => {
          node.reset();
          props.onSignedIn();
        },
        (error: unknown) => {
          setProblem(error instanceof ApiError ? error.message : String(error));
          node.querySelector<HTMLInputElement>('[name=password]')?.focus();
        }
      )
      .finally(() => {
        setBusy(false);
      });
  };

  return (
    <form className="jp-magicRucio-signIn" ref={form} onSubmit={submit}>
      <h3>{trans.__('Sign in to %1', status.instance?.name ?? 'Rucio')}</h3>
      <p className="jp-magicRucio-quiet">{status.session.reason ?? ''}</p>
      <label>
        {trans.__('User name')}
        <input name="username" autoComplete="username" required maxLength={255} />
      </label>
      <label>
        {trans.__('Rucio account (if it differs)')}
        <input name="account" autoComplete="off" maxLength={25} />
      </label>
      <label>
        {trans.__('Password')}
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      {problem && (
        <p className="jp-magicRucio-error" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" className="jp-magicRucio-main" disabled={isBusy}>
        {isBusy ? trans.__('Signing in…') : trans.__('Sign in')}
      </button>
    </form>
  );
}
