import type { Engine } from './engine.ts'

/** One provider of a `.terraform.lock.hcl`. */
export interface LockedProvider {
  /** `registry.terraform.io/hashicorp/aws`. */
  address: string
  version: string
  constraints: string | null
  /** `h1:` hashes are of one platform's unpacked files and do not say which; `zh:` hashes are of zip files of every platform. */
  hashes: string[]
}

const HEADER = '# This file is maintained automatically by "terraform init".\n# Manual edits may be lost in future updates.'

const HOSTS = { terraform: 'registry.terraform.io', tofu: 'registry.opentofu.org' } as const

/** The providers of a lock file, in its order. */
export function parseLockFile(text: string): LockedProvider[] {
  return [...text.matchAll(/^provider "([^"]+)" \{\n([\s\S]*?)^\}/gm)].map(([, address = '', body = '']) => ({
    address,
    version: /^\s*version\s*=\s*"([^"]+)"/m.exec(body)?.[1] ?? '',
    constraints: /^\s*constraints\s*=\s*"([^"]+)"/m.exec(body)?.[1] ?? null,
    hashes: [...body.matchAll(/"((?:h1|zh):[^"]+)"/g)].map(([, hash = '']) => hash),
  }))
}

/** Writes a lock file as Terraform itself does, byte for byte. */
export function renderLockFile(providers: readonly LockedProvider[]): string {
  const blocks = [...providers]
    .sort((a, b) => (a.address < b.address ? -1 : 1))
    .map(({ address, version, constraints, hashes }) => {
      const lines = [`provider "${address}" {`, `  version${constraints === null ? '' : '    '} = "${version}"`]
      if (constraints !== null) lines.push(`  constraints = "${constraints}"`)
      if (hashes.length > 0) lines.push('  hashes = [', ...[...new Set(hashes)].sort().map((hash) => `    "${hash}",`), '  ]')
      return [...lines, '}'].join('\n')
    })
  return `${[HEADER, ...blocks].join('\n\n')}\n`
}

/** The providers under the registry address that this engine uses for them: `hashicorp/aws` is not the same address in Terraform and OpenTofu. */
export function forEngine(providers: readonly LockedProvider[], product: Engine['product']): LockedProvider[] {
  const [own, other] = product === 'terraform' ? [HOSTS.terraform, HOSTS.tofu] : [HOSTS.tofu, HOSTS.terraform]
  const moved = providers.map((provider) =>
    // the packages of the two registries are signed and zipped apart: no hash of one holds for the other
    provider.address.startsWith(`${other}/`)
      ? { ...provider, address: `${own}${provider.address.slice(other.length)}`, hashes: [] }
      : provider,
  )
  return moved.filter((provider, index) => moved.findIndex(({ address }) => address === provider.address) === index)
}

/** The same selections without hashes: init then takes the locked versions and notes this platform's hashes anew. */
export function withoutHashes(providers: readonly LockedProvider[]): LockedProvider[] {
  return providers.map((provider) => ({ ...provider, hashes: [] }))
}

/** `after` with the hashes that `before` held for the same versions: a completed lock serves the old platforms and this one. */
export function mergeHashes(before: readonly LockedProvider[], after: readonly LockedProvider[]): LockedProvider[] {
  return after.map((provider) => {
    const earlier = before.find(({ address, version }) => address === provider.address && version === provider.version)
    return { ...provider, hashes: [...new Set([...(earlier?.hashes ?? []), ...provider.hashes])].sort() }
  })
}
