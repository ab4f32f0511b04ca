import { expect, test as base, type Page } from '@playwright/test';
import { Panel } from './panel';

/** The little that the tests use of JupyterLab's application, which the test server exposes. */
interface IExposed {
  restored: Promise<void>;
  commands: { execute: (id: string, args?: object) => Promise<unknown> };
  shell: {
    currentWidget: {
      title: { label: string };
      sessionContext: {
        session: { kernel: { id: string; status: string } | null } | null;
      };
      content: {
        activeCell: {
          model: {
            sharedModel: { setSource: (text: string) => void };
            outputs: {
              toJSON: () => { name?: string; text?: string | string[]; evalue?: string }[];
            };
          };
        };
      };
    };
  };
}

type ExposingWindow = Window & { jupyterapp: IExposed };

/** One browser tab with one notebook. */
export class Lab {
  readonly panel: Panel;

  constructor(
    readonly page: Page,
    private readonly workspace: string
  ) {
    this.panel = new Panel(page);
  }

  /** Save a notebook with one empty cell. */
  async write(path: string, metadata: object = {}): Promise<void> {
    const content = {
      cells: [{ cell_type: 'code', source: '', metadata: {}, outputs: [], execution_count: null }],
      metadata: {
        kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' },
        ...metadata
      },
      nbformat: 4,
      nbformat_minor: 4
    };
    const saved = await this.page.request.put(`api/contents/${path}`, {
      data: { type: 'notebook', format: 'json', content }
    });
    expect(saved.ok()).toBe(true);
  }

  /** Open a notebook beside the panel, and wait until its kernel and the runs are there. */
  async open(path: string): Promise<void> {
    await this.page.goto(`lab/workspaces/${this.workspace}/tree/${path}`);
    await this.ready();
  }

  /** Open one more notebook in the same tab of the browser. */
  async also(path: string): Promise<void> {
    await this.command('docmanager:open', { path });
    await expect
      .poll(() =>
        this.page.evaluate(
          () => (window as unknown as ExposingWindow).jupyterapp.shell.currentWidget.title.label
        )
      )
      .toBe(path);
    await this.idle();
  }

  async reload(): Promise<void> {
    await this.command('docmanager:save');
    await this.page.reload();
    await this.ready();
  }

  async command(id: string, args: object = {}): Promise<void> {
    await this.page.evaluate(
      async call => {
        await (window as unknown as ExposingWindow).jupyterapp.commands.execute(call.id, call.args);
      },
      { id, args }
    );
  }

  /** Run code in the cell as a user does, and return what the cell prints. */
  async run(code: string): Promise<string> {
    await this.begin(code);
    return await this.page.evaluate(async () => {
      const { jupyterapp } = window as unknown as ExposingWindow;
      await jupyterapp.commands.execute('notebook:run-cell');
      const { outputs } = jupyterapp.shell.currentWidget.content.activeCell.model;
      return outputs
        .toJSON()
        .filter(one => one.name !== 'stderr')
        .map(one => one.evalue ?? [one.text ?? ''].flat().join(''))
        .join('')
        .trim();
    });
  }

  /** Put code into the cell. */
  async begin(code: string): Promise<void> {
    await this.page.evaluate(text => {
      const { currentWidget } = (window as unknown as ExposingWindow).jupyterapp.shell;
      currentWidget.content.activeCell.model.sharedModel.setSource(text);
    }, code);
  }

  async kernelStatus(): Promise<string> {
    return await this.page.evaluate(
      () =>
        (window as unknown as ExposingWindow).jupyterapp.shell.currentWidget.sessionContext.session
          ?.kernel?.status ?? 'none'
    );
  }

  async idle(): Promise<void> {
    await expect.poll(() => this.kernelStatus(), { timeout: 60_000 }).toBe('idle');
  }

  private async ready(): Promise<void> {
    await this.page.waitForFunction(() => 'jupyterapp' in window, undefined, { timeout: 60_000 });
    await this.page.evaluate(async () => {
      const { jupyterapp } = window as unknown as ExposingWindow;
      await jupyterapp.restored;
      await jupyterapp.commands.execute('jupyterlab-magic-rucio:open-panel');
    });
    await expect(this.page.locator('.jp-NotebookPanel:visible')).toBeVisible();
    await this.idle();
    await expect(this.panel.rows.first()).toBeVisible();
  }
}

/** Each test has a notebook, a workspace and a kernel of its own. */
export const test = base.extend<{ lab: Lab; notebook: string }>({
  notebook: async ({}, provide, info) => {
    await provide(`${info.testId}.ipynb`);
  },
  lab: async ({ page, request, notebook }, provide, info) => {
    const lab = new Lab(page, `ui-${info.testId}-${Date.now()}`);
    await lab.write(notebook);
    await lab.open(notebook);
    await provide(lab);
    const sessions = (await (await request.get('api/sessions')).json()) as { id: string }[];
    for (const { id } of sessions) {
      await request.delete(`api/sessions/${id}`);
    }
  }
});

export { expect } from '@playwright/test';
