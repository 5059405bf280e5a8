"""What a recording meets of torch.compile's module of this name."""


class StaticallyLaunchedTritonKernel:
    name = "triton_poi_0"

    def load_kernel(self, device):
        pass

    def run(self, x, y, z, stream, *args):
        pass


class StaticallyLaunchedCudaKernel(StaticallyLaunchedTritonKernel):
    pass
