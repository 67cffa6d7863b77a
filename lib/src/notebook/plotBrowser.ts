import type { Browser, Page } from 'playwright-core';
import { findChromium } from './findChromium';

/** Chromium's flags for drawing without a screen and without the network. */
const browserFlags: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let session: Promise<{ browser: Browser; page: Page } | null> | null = null;

/** A page with plotly.js loaded, or null where there is no browser; that is said once. The page is shared and stays open. */
export async function plotPage(): Promise<Page | null> {
  session ??= open();
  return (await session)?.page ?? null;
}

/** Closes the browser that draws static pictures, if one is open. The last cell of a notebook awaits it. */
export async function closePlots(): Promise<void> {
  const open = session;
  session = null;
  await (await open)?.browser.close();
}

async function open(): Promise<{ browser: Browser; page: Page } | null> {
  const chromium = findChromium();
  if (!chromium) {
    console.warn(
      'No Chromium or Chrome found: figures are interactive only, without static pictures (set CHROMIUM to its path).',
    );
    return null;
  }
  const playwright = await import('playwright-core');
  const browser = await playwright.chromium.launch({
    executablePath: chromium.path,
    args: [...browserFlags],
    env: { ...process.env, ...chromium.env },
  });
  const page = await browser.newPage();
  await page.setContent('<!doctype html><body></body>');
  await page.addScriptTag({ path: require.resolve('plotly.js-dist/plotly.js') });
  return { browser, page };
}
