/** The files of the page. They are read once, so no request can name a path of the file system. */
import { join } from 'node:path';
import { readRegularFile } from '../../kernel/files/read-file.js';
import { CliError } from '../../cli/cli-error.js';
import { messageOf } from '../../text/phrases.js';

/** Path of the request, name of the file, content type. */
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const;

const LIMIT = 1024 * 1024;

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

/**
 * Reads the files of the page.
 * @throws CliError when foster was not built
 */
export function readPage(directory: string): ReadonlyMap<string, PageFile> {
  try {
    return new Map(
      FILES.map(([path, name, type]) => [
        path,
        { type, content: readRegularFile(join(directory, name), { limit: LIMIT }) },
      ]),
    );
  } catch (error) {
    throw new CliError(`the page is not in ${directory}: ${messageOf(error)}`);
  }
}

/**
 * Headers of every answer. Scripts and styles come from this server only, nothing is inline, no text can
 * become markup (Trusted Types), no other page may frame or read it, and nothing is cached on disk.
 */
export const SAFE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
} as const;
