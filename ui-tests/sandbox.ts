import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const DIRECTORY = join(ROOT, '.sandbox', 'ui-tests');
const TOKEN = join(DIRECTORY, 'demo', 'token');

function sandbox(...words: string[]): string {
  return execFileSync(
    join(ROOT, '.venv', 'bin', 'magic-rucio'),
    ['sandbox', ...words, '--dir', DIRECTORY],
    { encoding: 'utf8', timeout: 60_000 }
  );
}

interface IStatus {
  rucio_url: string;
  processes: { name: string; pid: number }[];
}

function status(): IStatus {
  return JSON.parse(sandbox('status', '--json')) as IStatus;
}

/** Stop Rucio's server in its tracks, as a hanging one; the returned function lets it go on. */
export function hangRucio(): () => void {
  const server = status().processes.filter(one => one.name.startsWith('rucio-server'));
  const signal = (name: NodeJS.Signals): void => {
    server.forEach(({ pid }) => process.kill(pid, name));
  };
  signal('SIGSTOP');
  return () => {
    signal('SIGCONT');
  };
}

/** Sign the test server in as somebody else; the returned function takes it back. */
export async function signInAs(account: string): Promise<() => void> {
  const answer = await fetch(`${status().rucio_url}/auth/userpass`, {
    headers: {
      'X-Rucio-Account': account,
      'X-Rucio-Username': account,
      'X-Rucio-Password': sandbox('password', account).trim()
    }
  });
  const token = answer.headers.get('X-Rucio-Auth-Token');
  if (!token) {
    throw new Error(`${account} cannot sign in: ${answer.status}`);
  }
  const before = readFileSync(TOKEN);
  writeFileSync(TOKEN, token);
  return () => {
    writeFileSync(TOKEN, before);
  };
}
