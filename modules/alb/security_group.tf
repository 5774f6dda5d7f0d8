locals {
  own_security_group = var.security_group_id == null

  ingress = {
    for pair in setproduct(var.ingress_cidr_blocks, local.https ? [80, 443] : [80]) :
    "${pair[0]}:${pair[1]}" => { cidr_block = pair[0], port = pair[1] }
    if local.own_security_group
  }
}

resource "aws_security_group" "this" {
  count = local.own_security_group ? 1 : 0

  name        = "${var.name}-alb"
  description = "Load balancer ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-alb" }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.ingress

  security_group_id = aws_security_group.this[0].id
  description       = "Port ${each.value.port} from ${each.value.cidr_block}"
  cidr_ipv4         = each.value.cidr_block
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port

  tags = { Name = "${var.name}-alb" }
}

# To the tasks, whose ports and group the load balancer does not know; their own group decides what comes in.
resource "aws_vpc_security_group_egress_rule" "this" {
  count = length(aws_security_group.this)

  security_group_id = aws_security_group.this[0].id
  description       = "To the tasks"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 1
  to_port           = 65535

  tags = { Name = "${var.name}-alb" }
}
