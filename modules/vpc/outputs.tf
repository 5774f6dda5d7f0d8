output "vpc_id" {
  description = "ID of the VPC."
  value       = aws_vpc.this.id
}

output "cidr_block" {
  description = "IPv4 range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "IDs of the public subnets, in the order of zones."
  value       = [for zone in var.zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "IDs of the private subnets, in the order of zones."
  value       = [for zone in var.zones : aws_subnet.private[zone].id]
}

output "nat_public_ips" {
  description = "Public addresses that traffic from the private subnets comes from; empty with nat = none."
  value       = [for zone in local.nat_zones : aws_eip.nat[zone].public_ip]
}
