output "function_arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "function_name" {
  description = "Name of the function; known once its role and network rules are in place, and destroyed after what was made with it."
  value       = aws_lambda_function.this.function_name
  depends_on = [
    aws_iam_role_policy.this,
    aws_vpc_security_group_egress_rule.database,
    aws_vpc_security_group_egress_rule.https,
  ]
}

output "security_group_id" {
  description = "ID of the function's security group; the instance must let it in."
  value       = aws_security_group.this.id
}
