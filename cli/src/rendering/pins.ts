/** An action at a commit: a tag can be moved to other code, as it was for most tags of a widely used scanner in March 2026. */
interface Pin {
  /** Forty hex digits. */
  commit: string
  version: string
}

/** The only actions that run beside credentials. All run on Node 24, which runners have had alone since September 2026. */
export const PINS: Readonly<Record<string, Pin>> = {
  'actions/checkout': { commit: 'de0fac2e4500dabe0009e67214ff5f5447ce83dd', version: 'v6.0.2' },
  'actions/setup-node': { commit: '6044e13b5dc448c55e2357c09f80417699197238', version: 'v6.2.0' },
  'aws-actions/configure-aws-credentials': { commit: '8df5847569e6427dd6c4fb1cf565c83acfa8afa7', version: 'v6.0.0' },
  'docker/setup-buildx-action': { commit: '4d04d5d9486b7bd6fa91e7baf45bbb4f8b9deedd', version: 'v4.0.0' },
}

/**
 * Terraform on a runner, with the SHA-256 of its archive for linux_amd64 (terraform_1.11.4_SHA256SUMS): a runner has none, and the action that
 * installs one (hashicorp/setup-terraform) does not verify what it downloads.
 */
export const TERRAFORM = { version: '1.11.4', sha256: '1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc' }

/** What `uses:` says, with the version for people. */
export function pinned(action: string): string {
  const pin = PINS[action]
  if (pin === undefined) throw new TypeError(`no pin for the action ${action}`)
  return `${action}@${pin.commit} # ${pin.version}`
}
