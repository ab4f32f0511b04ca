import { ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import React, { lazy, Suspense } from 'react';
import type { ApiClient } from '../api/client';
import type { RunFilter, Selection } from '../api/generated';
import type { IAttachments } from '../tokens';

const Root = lazy(async () => import('./Root'));

export interface IPanelWidgetOptions {
  id: string;
  makeClient: (instance: () => string | null) => ApiClient;
  trans: TranslationBundle;
  attachments: IAttachments | null;
  commands: CommandRegistry;
  onSettings: () => void;
  onOpenMain: (() => void) | null;
}

/** The panel as a widget of the sidebar or of the main area; its code is loaded when it first shows. */
export class PanelWidget extends ReactWidget {
  private readonly client: ApiClient;
  private readonly _selectionChanged = new Signal<this, Selection | null>(this);
  private _selection: Selection | null = null;
  private instance: string | null = null;
  private asked: RunFilter | null = null;
  private hasShown = false;

  constructor(private readonly options: IPanelWidgetOptions) {
    super();
    this.id = options.id;
    this.addClass('jp-magicRucio-panel');
    this.client = options.makeClient(() => this.instance);
  }

  get selection(): Selection | null {
    return this._selection;
  }

  get selectionChanged(): ISignal<this, Selection | null> {
    return this._selectionChanged;
  }

  /** Lay a filter on. */
  ask(filter: RunFilter): void {
    this.asked = filter;
    this.update();
  }

  protected render(): React.ReactElement | null {
    if (!this.hasShown) {
      return null;
    }
    return (
      <Suspense fallback={<div className="jp-magicRucio-skeleton" />}>
        <Root
          client={this.client}
          trans={this.options.trans}
          attachments={this.options.attachments}
          commands={this.options.commands}
          isVisible={this.isVisible && !document.hidden}
          asked={this.asked}
          onSelection={this.onSelection}
          onInstance={this.onInstance}
          onSettings={this.options.onSettings}
          onOpenMain={this.options.onOpenMain}
        />
      </Suspense>
    );
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.hasShown = true;
    this.update();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    document.addEventListener('visibilitychange', this.onVisibility);
    this.hasShown ||= this.isVisible;
    this.update();
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.update();
  }

  protected onBeforeDetach(message: Message): void {
    document.removeEventListener('visibilitychange', this.onVisibility);
    super.onBeforeDetach(message);
  }

  private readonly onVisibility = (): void => {
    this.update();
  };

  private readonly onSelection = (selection: Selection | null): void => {
    this._selection = selection;
    this._selectionChanged.emit(selection);
  };

  private readonly onInstance = (id: string): void => {
    this.instance = id;
    this.update();
  };
}
