import { BlockList, isIP } from 'node:net'

const family = (address: string): 'ipv4' | 'ipv6' | undefined => ({ 4: 'ipv4' as const, 6: 'ipv6' as const })[isIP(address)]

function parsed(cidr: string): { address: string; length: number; family: 'ipv4' | 'ipv6' } {
  const [address = '', length = ''] = cidr.split('/')
  const kind = family(address)
  if (kind === undefined || !/^\d{1,3}$/.test(length) || Number(length) > (kind === 'ipv4' ? 32 : 128))
    throw new Error(`"${cidr}" is no range of addresses`)
  return { address, length: Number(length), family: kind }
}

/** True if the range, IPv4 or IPv6, holds the address; one of the other family is never in it. */
export function contains(cidr: string, address: string): boolean {
  const range = parsed(cidr)
  if (family(address) !== range.family) return false
  const list = new BlockList()
  list.addSubnet(range.address, range.length, range.family)
  return list.check(address, range.family)
}

/** How narrow a range is: the narrowest of several routes is taken. */
export function prefixLength(cidr: string): number {
  return parsed(cidr).length
}

/** An IPv4 address of a range, counted from its start, or from its end when negative. */
export function addressIn(cidr: string, offset: number): string {
  const { address, length } = parsed(cidr)
  const start = address.split('.').reduce((number, part) => number * 256 + Number(part), 0)
  const size = 2 ** (32 - length)
  const first = start - (start % size)
  const number = offset < 0 ? first + size + offset : first + offset
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}
