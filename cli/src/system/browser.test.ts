import { expect, test } from 'vitest'
import { isBrowserPresent } from './browser.ts'

test.each([
  ['linux', {}, false],
  ['linux', { DISPLAY: '' }, false],
  ['linux', { DISPLAY: ':0' }, true],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['linux', { WSL_DISTRO_NAME: 'Ubuntu' }, true],
  ['linux', { DISPLAY: ':0', CI: 'true' }, false],
  ['darwin', {}, true],
  ['darwin', { CI: '1' }, false],
] as const)('on %s with %j: %s', (platform, variables, present) => expect(isBrowserPresent(variables, platform)).toBe(present))
