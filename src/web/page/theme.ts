/** Switches between light, dark and the system's theme. The browser keeps the choice. */
import { byId } from './dom.js';

const KEY = 'foster-theme';
const THEMES = ['auto', 'light', 'dark'];

export function startTheme(): void {
  const choice = byId('theme', HTMLSelectElement);
  const kept = localStorage.getItem(KEY) ?? 'auto';
  choice.value = THEMES.includes(kept) ? kept : 'auto';
  document.documentElement.dataset['theme'] = choice.value;
  choice.addEventListener('change', () => {
    localStorage.setItem(KEY, choice.value);
    document.documentElement.dataset['theme'] = choice.value;
  });
}
