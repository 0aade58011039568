// Command goverify checks a folder of a log's public files with golang.org/x/mod/sumdb, which shares no code with
// Parley: the note, every tile, every leaf, the consistency of an older checkpoint, and a witness's cosignature.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type folder struct{ path string }

func (f folder) read(name string) []byte {
	data, err := os.ReadFile(filepath.Join(f.path, filepath.FromSlash(name)))
	check(err)
	return data
}

func c2spPath(t tlog.Tile) string {
	return strings.Replace(t.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

func (f folder) Height() int { return height }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		out = append(out, f.read(c2spPath(t)))
	}
	return out, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

// cosigner verifies cosignature/v1 lines as c2sp.org/tlog-cosignature describes them.
type cosigner struct {
	name string
	key  ed25519.PublicKey
}

func (c cosigner) Name() string { return c.name }

func (c cosigner) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key...))
	return binary.BigEndian.Uint32(sum[:4])
}

func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig[:8]))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func readCosigner(vkey string) cosigner {
	parts := strings.SplitN(strings.TrimSpace(vkey), "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	check(err)
	return cosigner{parts[0], ed25519.PublicKey(raw[1:])}
}

func (f folder) tree(name string, verifiers ...note.Verifier) tlog.Tree {
	return parseTree(name, f.read(name), verifiers...)
}

func parseTree(name string, data []byte, verifiers ...note.Verifier) tlog.Tree {
	opened, err := note.Open(data, note.VerifierList(verifiers...))
	check(err)
	if len(opened.Sigs) != len(verifiers) {
		check(fmt.Errorf("%s has %d of %d signatures", name, len(opened.Sigs), len(verifiers)))
	}
	lines := strings.Split(opened.Text, "\n")
	var tree tlog.Tree
	_, err = fmt.Sscan(lines[1], &tree.N)
	check(err)
	tree.Hash, err = tlog.ParseHash(lines[2])
	check(err)
	return tree
}

func (f folder) checkLeaves(tree tlog.Tree, reader tlog.HashReader) {
	for start := int64(0); start < tree.N; start += 256 {
		width := int(min(256, tree.N-start))
		name := c2spPath(tlog.Tile{H: height, L: 0, N: start / 256, W: width})
		bundle := f.read(strings.Replace(name, "tile/0/", "tile/entries/", 1))
		for i := int64(0); i < int64(width); i++ {
			size := int(binary.BigEndian.Uint16(bundle))
			leaf := bundle[2 : 2+size]
			bundle = bundle[2+size:]
			hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, start+i)})
			check(err)
			if tlog.RecordHash(leaf) != hashes[0] {
				check(fmt.Errorf("leaf %d does not hash to its tile", start+i))
			}
			proof, err := tlog.ProveRecord(tree.N, start+i, reader)
			check(err)
			check(tlog.CheckRecord(proof, tree.N, tree.Hash, start+i, tlog.RecordHash(leaf)))
		}
		if len(bundle) != 0 {
			check(fmt.Errorf("a bundle is too long"))
		}
	}
}

// checkWitness reads what the log sent to a witness and what it answered (c2sp.org/tlog-witness).
func (f folder) checkWitness(log note.Verifier, old tlog.Tree) {
	head, signed, _ := bytes.Cut(f.read("submission"), []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if lines[0] != fmt.Sprintf("old %d", old.N) {
		check(fmt.Errorf("the submission begins with %q", lines[0]))
	}
	var proof tlog.TreeProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		check(err)
		proof = append(proof, hash)
	}
	whole := append(signed, f.read("answer")...)
	tree := parseTree("the answer", whole, log, readCosigner(string(f.read("serving-witness"))))
	check(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
}

func check(err error) {
	if err != nil {
		fmt.Println("MISMATCH:", err)
		os.Exit(1)
	}
}

func main() {
	f := folder{os.Args[1]}
	log, err := note.NewVerifier(strings.TrimSpace(string(f.read("vkey"))))
	check(err)
	tree := f.tree("checkpoint", log, readCosigner(string(f.read("witness"))))
	reader := tlog.TileHashReader(tree, f)
	f.checkLeaves(tree, reader)
	old := f.tree("old", log)
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	check(err)
	check(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	f.checkWitness(log, old)
	fmt.Println("verified", tree.N, "leaves")
}
