from .around import around


def nat_gateway_leftovers():
    """moto keeps a deleted NAT gateway's network interface and the association of its address.

    Nothing may be left after a destroy, and a test asks the API for what is.
    """
    from moto.ec2.models import EC2Backend

    @around(EC2Backend, "delete_nat_gateway")
    def delete(original, self, nat_gateway_id):
        gateway = original(self, nat_gateway_id)
        self.enis.pop(gateway._eni.id, None)
        for address in self.addresses:
            if getattr(address, "eni", None) is gateway._eni:
                address.eni = None
                address.association_id = None
        return gateway


def network_acl_leftovers():
    """moto keeps the default network ACL of a deleted VPC; AWS deletes it with the VPC."""
    from moto.ec2.models import EC2Backend

    @around(EC2Backend, "delete_vpc")
    def delete(original, self, vpc_id):
        vpc = original(self, vpc_id)
        for acl_id in [acl_id for acl_id, acl in self.network_acls.items() if acl.vpc_id == vpc_id]:
            self.network_acls.pop(acl_id)
        return vpc
