{
  description = "A program with Triton kernels";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";

  outputs = { self, nixpkgs }:
    let
      each = nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-linux" ];
    in
    {
      # From the lock: a sandbox has no network, and needs none.
      packages = each (system:
        let pkgs = nixpkgs.legacyPackages.${system}; in
        {
          default = pkgs.rustPlatform.buildRustPackage {
            pname = "app";
            version = "0.1.0";
            # With kernels/prebuilt: a flake sees what Git knows.
            src = self;
            cargoLock.lockFile = ./Cargo.lock;
            # The driver is the system's, and no part of the closure.
            nativeBuildInputs = [ pkgs.autoAddDriverRunpath ];
          };
        });

      # To lower and lock: nixpkgs' Triton, whose libraries lie where Nix has them.
      devShells = each (system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
          python = pkgs.python3.withPackages (packages: [ packages.triton-bin ]);
        in
        {
          default = pkgs.mkShell {
            packages = [ pkgs.cargo pkgs.rustc python ];
            TRITON_RUNNER_PYTHON = "${python}/bin/python3";
          };
        });
    };
}
