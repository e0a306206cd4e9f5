using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;

namespace Avic.Tool;

/// <summary>A VS Code extension as one file: a zip of its files under extension/, and two descriptions of them.</summary>
/// <remarks>The same files give the same bytes: names in order, one date, nothing compressed (a newer zlib may compress otherwise).</remarks>
internal sealed class ExtensionPackage(IReadOnlyDictionary<string, byte[]> files)
{
    private const string Resources = "vscode/";
    private static readonly DateTimeOffset FirstDateOfZip = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly XNamespace Schema = "http://schemas.microsoft.com/developer/vsx-schema/2011";
    private static readonly XNamespace Types = "http://schemas.openxmlformats.org/package/2006/content-types";

    private readonly JsonElement _package = JsonDocument.Parse(files["package.json"]).RootElement;

    public string FileName => $"{Word("name")}-{Word("version")}.vsix";

    /// <summary>The extension that this build of the tool carries.</summary>
    public static ExtensionPackage OfThisTool()
    {
        var tool = typeof(ExtensionPackage).Assembly;
        return new(tool.GetManifestResourceNames().Where(n => n.StartsWith(Resources, StringComparison.Ordinal)).ToDictionary(n => n[Resources.Length..], Read));

        byte[] Read(string name)
        {
            using var bytes = new MemoryStream();
            using var resource = tool.GetManifestResourceStream(name)!;
            resource.CopyTo(bytes);
            return bytes.ToArray();
        }
    }

    public byte[] Bytes()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            Add(zip, "extension.vsixmanifest", s => Manifest().Save(s));
            Add(zip, "[Content_Types].xml", s => ContentTypes().Save(s));
            foreach (var (name, content) in files.OrderBy(f => f.Key, StringComparer.Ordinal))
                Add(zip, "extension/" + name, s => s.Write(content));
        }
        return bytes.ToArray();
    }

    private static void Add(ZipArchive zip, string name, Action<Stream> write)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = FirstDateOfZip;
        using var content = entry.Open();
        write(content);
    }

    private XDocument Manifest() => new(new XElement(Schema + "PackageManifest", new XAttribute("Version", "2.0.0"),
        new XElement(Schema + "Metadata",
            new XElement(Schema + "Identity", new XAttribute("Language", "en-US"), new XAttribute("Id", Word("name")), new XAttribute("Version", Word("version")), new XAttribute("Publisher", Word("publisher"))),
            new XElement(Schema + "DisplayName", Word("displayName")),
            new XElement(Schema + "Description", Word("description")),
            new XElement(Schema + "Categories", string.Join(',', Words("categories"))),
            new XElement(Schema + "License", "extension/LICENSE.txt"),
            new XElement(Schema + "Properties",
                Property("Engine", _package.GetProperty("engines").GetProperty("vscode").GetString()!),
                Property("ExtensionKind", string.Join(',', Words("extensionKind"))))),
        new XElement(Schema + "Installation", new XElement(Schema + "InstallationTarget", new XAttribute("Id", "Microsoft.VisualStudio.Code"))),
        new XElement(Schema + "Dependencies"),
        new XElement(Schema + "Assets",
            Asset("Microsoft.VisualStudio.Code.Manifest", "package.json"),
            Asset("Microsoft.VisualStudio.Services.Content.Details", "README.md"),
            Asset("Microsoft.VisualStudio.Services.Content.License", "LICENSE.txt"))));

    private XDocument ContentTypes() => new(new XElement(Types + "Types",
        files.Keys.Select(Path.GetExtension).Append(".vsixmanifest").Distinct().Order(StringComparer.Ordinal).Select(extension => new XElement(Types + "Default",
            new XAttribute("Extension", extension!),
            new XAttribute("ContentType", extension switch { ".json" => "application/json", ".js" => "application/javascript", ".md" => "text/markdown", ".vsixmanifest" => "text/xml", _ => "text/plain" })))));

    private static XElement Property(string name, string value) =>
        new(Schema + "Property", new XAttribute("Id", "Microsoft.VisualStudio.Code." + name), new XAttribute("Value", value));

    private static XElement Asset(string type, string file) =>
        new(Schema + "Asset", new XAttribute("Type", type), new XAttribute("Path", "extension/" + file), new XAttribute("Addressable", "true"));

    private string Word(string name) => _package.GetProperty(name).GetString()!;

    private IEnumerable<string> Words(string name) => _package.GetProperty(name).EnumerateArray().Select(w => w.GetString()!);
}
