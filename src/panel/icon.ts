import { LabIcon } from '@jupyterlab/ui-components';

/** A telescope dish with its shower of light; follows the theme. */
export const magicIcon = new LabIcon({
  name: 'jupyterlab-magic-rucio:magic',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="none" stroke="#616161" stroke-width="1.8" stroke-linecap="round">
    <path d="M4 10c1.2 5.2 5 8 10.6 8.4"/><path d="M4 10 14.6 18.4"/><path d="M9 14.4V21M6 21h6"/>
    <path d="M20 3 12.6 10.4M20 9l-4 4M14 3l-4 4" stroke-dasharray="2.2 2.4"/>
  </g></svg>`
});
