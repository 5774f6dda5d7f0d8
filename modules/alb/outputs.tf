output "arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.this.arn
}

output "arn_suffix" {
  description = "Load balancer dimension of CloudWatch metrics (app/<name>/<id>)."
  value       = aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "The load balancer's own host name."
  value       = aws_lb.this.dns_name
}

output "listener_arn" {
  description = "ARN of the listener that rules attach to: HTTPS with a domain, HTTP without."
  value       = local.https ? aws_lb_listener.https[0].arn : aws_lb_listener.http.arn
}

output "security_group_id" {
  description = "ID of the load balancer's security group, the one passed in or the one created."
  value       = local.security_group_id
}

output "url" {
  description = "Where the load balancer answers: https://<domain>, or http://<own host name> without a domain. With wildcard, put a label before the domain."
  value       = local.https ? "https://${var.domain}" : "http://${aws_lb.this.dns_name}"
}
