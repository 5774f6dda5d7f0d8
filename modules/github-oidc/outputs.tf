output "provider_arn" {
  description = "ARN of GitHub's OIDC provider, the one passed in or the one created."
  value       = local.provider_arn
}

output "role_arns" {
  description = "ARNs of the roles: preview-apply, preview-teardown, preview-sweep, production-plan, production-apply. Known once their policies are attached."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
  depends_on  = [aws_iam_role_policy.this, aws_iam_role_policy_attachment.shared]
}

output "role_names" {
  description = "Names of the roles, to add policies of your own to."
  value       = { for name, role in aws_iam_role.this : name => role.name }
}
