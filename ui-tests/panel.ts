import { expect, type Locator, type Page } from '@playwright/test';

/** The panel of runs, by what a user sees of it. */
export class Panel {
  readonly root: Locator;
  readonly rows: Locator;
  readonly search: Locator;
  readonly selection: Locator;
  readonly flow: Locator;
  readonly main: Locator;
  readonly freshness: Locator;

  constructor(readonly page: Page) {
    this.root = page.locator('.jp-magicRucio-panel:visible').first();
    this.rows = this.root.locator('.jp-magicRucio-row');
    this.search = this.root.getByRole('searchbox');
    this.selection = this.root.getByRole('region', { name: 'Selection' });
    this.flow = this.selection.locator('.jp-magicRucio-flow');
    this.main = this.selection.getByRole('button', { name: /^Attach to / });
    this.freshness = this.root.locator('.jp-magicRucio-freshness');
  }

  /** How many runs match, as the tab says. */
  async total(): Promise<number> {
    const words = await this.root.getByRole('tab', { name: /^Runs/ }).innerText();
    return Number(words.replace(/\D/g, ''));
  }

  async filter(facet: string, value: string): Promise<void> {
    await this.root.getByRole('button', { name: '+ filter' }).click();
    await this.root.getByRole('group', { name: facet }).getByLabel(value).click();
    await this.root.getByRole('button', { name: 'close filters' }).click();
    await expect(this.chip(value)).toBeVisible();
  }

  chip(label: string): Locator {
    return this.root.getByRole('button', { name: `Remove the condition ${label}` });
  }

  /** Filter to runs of a target that are, or are not, at PIC. */
  async show(target: string, availability: 'at PIC' | 'elsewhere'): Promise<void> {
    await this.filter('Target', target);
    await this.filter('At ', availability);
    await expect(this.rows.first()).toContainText(target);
    await expect(this.rows.first()).toContainText(availability);
  }

  /** Pick the first so many rows. */
  async pick(count: number): Promise<void> {
    await this.rows.first().click();
    if (count > 1) {
      await this.rows.nth(count - 1).click({ modifiers: ['Shift'] });
    }
    await expect(this.selection).toContainText(`${count} run${count > 1 ? 's' : ''}`);
  }

  row(did: string): Locator {
    return this.root.locator(`.jp-magicRucio-row[data-did="${did}"]`);
  }

  /** The variable that the main action would make. */
  async proposedVariable(): Promise<string> {
    await expect(this.main).toContainText(/ as \w+/);
    return (await this.main.innerText()).split(' as ').at(-1) ?? '';
  }

  async attached(variable: string, runs: number): Promise<void> {
    await expect(this.flow).toContainText(
      `${variable}: ${runs} run${runs > 1 ? 's' : ''} attached.`,
      { timeout: 60_000 }
    );
  }

  /** Drag the edge of the sidebar until the panel is so wide. */
  async narrow(width: number): Promise<void> {
    const box = await this.root.boundingBox();
    const from = (box?.x ?? 0) + (box?.width ?? 0) + 1;
    await this.page.mouse.move(from, 400);
    await this.page.mouse.down();
    await this.page.mouse.move(from + width - (box?.width ?? 0), 400, { steps: 4 });
    await this.page.mouse.up();
    await expect
      .poll(async () => Math.abs(((await this.root.boundingBox())?.width ?? 0) - width))
      .toBeLessThan(4);
  }

  /** Choose an entry of the menu beside the main action. */
  async more(entry: string): Promise<void> {
    await this.selection.getByRole('button', { name: 'More actions' }).click();
    await this.page.getByRole('menuitem', { name: entry }).click();
  }

  /** An attachment as listed for the active notebook. */
  attachment(variable: string): Locator {
    return this.root
      .locator('.jp-magicRucio-item')
      .filter({ has: this.page.locator(`code:text-is("${variable}")`) });
  }

  get replications(): Locator {
    return this.section('Replications').locator('.jp-magicRucio-item');
  }

  async openReplications(): Promise<void> {
    const title = this.section('Replications').getByRole('button').first();
    await expect(title).toBeVisible();
    if ((await title.getAttribute('aria-expanded')) !== 'true') {
      await title.click();
    }
  }

  private section(title: string): Locator {
    return this.root.locator('.jp-magicRucio-section').filter({ hasText: title });
  }
}
